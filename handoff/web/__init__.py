"""The desk's face to the world (aiohttp): the widget's socket, the console's socket and API, pages,
health."""

"""Other people's platforms: one small adapter each, behind one door in and one courier out.

`contract` says what an adapter is, `errors` what can go wrong, `door` takes in, `handoff.courier`
sends out, `web` serves the webhooks. docs/channels.md shows how a channel is added.
"""

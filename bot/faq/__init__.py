"""What the assistant is taught to answer: entries, importers and a way to try them."""

from bot.faq.entries import FaqEntry, FaqError, read_folder, read_markdown, write_markdown

__all__ = ["FaqEntry", "FaqError", "read_folder", "read_markdown", "write_markdown"]

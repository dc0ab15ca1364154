"""What a planner opens: an evening as a plain summary, and as a page that draws it."""

REPORTS = (".html", ".htm")  # suffixes of its files

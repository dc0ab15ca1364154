"""Results as one HTML file.

static: the scripts and styles that a page is made of
strings: the words of a page
render: the file
"""

REPORTS = (".html", ".htm")  # suffixes of its files

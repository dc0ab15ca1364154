"""What is said to a user, in two languages.

catalogue: every text by its key, in English and Korean (catalogue.toml)
errors: problems with codes, facts and places; the one error of this package
arguments: checks of arguments that come from Python
version: the installed version
"""

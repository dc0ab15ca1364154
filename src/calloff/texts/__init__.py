"""What is said to a user, in two languages.

catalogue: every text by its key, in English and Korean (catalogue.toml)
errors: problems with codes, facts and places; the one error of this package
version: the installed version
"""

"""Texts for users, in two languages, and errors made of them.

catalogue: every text by its key, in English and Korean (catalogue.toml)
errors: problems with codes, facts and places; the one error of this package
arguments: checks of arguments that come from Python
leads: how a lead is written
version: the installed version
"""

"""A store: a folder in which plans are kept for years, as Parquet that other tools read.

folder: the folder, its version, and what is where in it
database: small SQLite files, changed as a whole or not at all
manifest: which files were added, in a small SQLite; what it does not name is not there
converting: a store of an older version, made anew beside it
frames: what was read of sheets as tables, and back
digests: whether two plans are the same
staging: tables written first, then named where they belong
content: what a file holds, laid out for a store
standing: the plans that stand in a store, for comparing
selection: which tables a question needs
words: of several plans of one time of issue, the one that counts
reading_back: what is in a store, as files would give it
whose: from which customer a file is that names none
agreement: whether a file can be from the customer of those that are there
writing: what is new in a file, as a whole or not at all
adding: files into a store
forgetting: plans of a file, removed for good
arrivals: what had arrived by a day
load: from files, frames or a store to the triangle
"""

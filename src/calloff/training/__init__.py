"""The notebook's job: a network for each part.

windows: windows over one part's plans
train: networks of many parts and seeds, trained at once and tested
"""

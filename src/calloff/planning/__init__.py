"""What will be called off next, and what to build.

stock: stock projected to the target day
build: quantities to build from a distribution, stock and packs
tables: the tables of a forecast
forecast: the forecast as of one day
results: all that is known as of one day, as one value
"""

"""What will be called off next, and what to build.

executors: who works on them: processes of this machine, or Dask's workers on several
parallel: tasks on workers; a failed task or a lost worker stops nothing
stock: stock projected to the target day
build: quantities to build from a distribution, stock and packs
build_days: the same for one target day after the other
tables: the tables of a forecast
forecast: the forecast as of one day
changes: what changed from one forecast to the next
computed: a forecast on the disk
results: all that is known as of one day, as one value
many: forecasts of many customers, each read and written where it is made
splitting: one customer in several jobs, by groups of parts
"""

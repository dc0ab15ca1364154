"""The command line.

streams: the process's own streams
options: options that several commands share
inputs: what every command does first
override_options: a planner's own numbers
run_options: what is asked of a forecast and a report
commands: one file a command
main: parser, languages, exit statuses
"""

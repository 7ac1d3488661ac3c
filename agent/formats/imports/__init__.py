"""Other programs' sessions as ours: records of a foreign format in, AG-UI events out.

Imports `events` alone: what files are, how records are framed and who asks is others' matter. `records` says what an
importer is, `telling` builds a well-formed stream, `sniffing` has the table of all formats, `conversion` keeps each
record beside what was made of it. To add a format, write its module in `programs` (what agents store), `outputs` (what
they print), `traces` (what observers store) or `captures` (what went over the wire), and name it in `sniffing`.
"""

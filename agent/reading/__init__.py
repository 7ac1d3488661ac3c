"""Events out of any file or stream, whoever wrote it. Imports `events` and `conversation`; changes nothing on disk.

`lines` is the one reader, whatever opens a stream; `reader` folds what it gives, as it comes; `ahead` has another
process (`process`) read a large file. When an event is played is decided in `pacing`, where turns and calls begin in
`marks`. What other programs write is handed in behind the framing: `foreign`.
"""

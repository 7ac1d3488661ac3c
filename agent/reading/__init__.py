"""Events out of any file or stream, whoever wrote it. Imports `events` and `conversation`; changes nothing on disk.

`reader` is the one reader; `ahead` has another process (`process`) read a large file, `following` waits for a file to
grow. When an event came is decided in `pacing`, where turns and calls begin in `marks`.
"""

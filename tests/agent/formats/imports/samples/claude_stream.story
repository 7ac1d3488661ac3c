from claude-code, none: untitled
session s-1
folder /home/ada
version 2.1.140
      0 ? 
      0   step 1
      0     preamble: I lo|ok it up.
      0     Weather {"city": "Oslo"}
      0       done: '-3 degrees'
      0   step 2
      0     answer: Cold: -3 degrees.
      0 = answered (19 in 33 out claude-test-1)
costs 0.0123
1 record of kind “new_thing” not understood, the first in line 17

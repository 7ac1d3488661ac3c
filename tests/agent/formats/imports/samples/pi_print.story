from pi, items: untitled
session pp1
folder /home/ada/moss
      0 ? What is in a and b?
   1000   step 1
   1000     thinks: Both |at once.
   1000     preamble: I look.
   1000     read {"path":"a"}
   1000       done: 'moss'
   1000     read {"path":"b"}
   1000       failed: 'no such file'
   4000   step 2
   4000     answer: Moss, and nothing.
   4000 = answered (260 in 26 out test-pi)
  60000 ? And c?
  61000   step 1
  64000   step 2
          * COMPACTION {'summary': 'Moss was found.'}
  64000 = cancelled: Cancelled by the user. (320 in 0 out test-pi)
costs 0.004
1 record of kind “invented” not understood, the first in line 39

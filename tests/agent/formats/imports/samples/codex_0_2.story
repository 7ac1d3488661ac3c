from codex, items: untitled
session 5d-old
      0 ? What is here?
      0   step 1
      0     thinks: I list it.
      0     shell {"command":["ls"]}
      0       failed 100 ms: 'nothing\n'
      0   step 2
      0     answer: Nothing is here.
      0 = answered

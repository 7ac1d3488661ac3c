from langsmith, tokens: untitled
      0 ? Twice, please. [th-1]
      0   step 1
   1900     double {"x":1}
   2100       done 100 ms: '2'
   1900     double {"x":2}
   2200       failed 200 ms: "OverflowError('too much')"
   2120     ask_helper {"task":"Check."}
   2280       done 160 ms: 'Checked.'
   2140   ask_helper
   2140   step 2
   2260     inner: Checked.
   2300   step 3
   2400     answer: One is |2.
   2500 = answered (32 in 6 out test-1)
  60000 ? And now? [th-1]
  60000   step 1
  60000 = interrupted: The recording has no answer to this.
1 record of kind “without a type” not understood, the first in line 6

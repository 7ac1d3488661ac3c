from langchain, none: untitled
      0 ? What is 3 + 4, and what did Ada find? [langchain]
      0   step 1
      0     preamble: Let |me.
      0     add {"x": 3, "y": 4}
      0       done: '7'
      0     ask_ada {}
      0       failed: "ValueError('no door')"
      0   ask_ada
      0   step 2
      0     inner: A key.
      0   step 3
      0     answer: 7, and a key.
      0 = answered (5 in 6 out test-1)
1 record of kind “on_starlight” not understood, the first in line 17

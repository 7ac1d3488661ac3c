from anthropic, none: untitled
      0 ?  [anthropic]
      0   step 1
      0     thinks: Ask |both.
      0     now {}
      0       untold: None
      0     weather {"city": "Oslo"}
      0       untold: None
      0   step 2
      0     answer: It is |cold.
      0 = model_error: Overloaded (28 in 22 out claude-test-1)
1 record of kind “content_block_start” not understood, the first in line 14

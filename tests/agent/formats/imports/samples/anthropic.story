from anthropic, none: untitled
      0 ?  [anthropic]
      0   step 1
      0     thinks: Ask |both.
      0     now {}
      0       untold: None
      0     weather {"city": "Oslo"}
      0       untold: None
      0 = interrupted: The recording has no answer to this. (8 in 17 out claude-test-1)
1 record of kind “content_block_start” not understood, the first in line 14

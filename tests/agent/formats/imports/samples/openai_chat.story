from openai-chat, none: untitled
      0 ?  [openai-chat]
      0   step 1
      0     thinks: Two |sums.
      0     preamble: Let me see.
      0     add {"x": 1}
      0       untold: None
      0     add {"x": 2}
      0       untold: None
      0 = interrupted: The recording has no answer to this. (20 in 9 out gpt-test-1)
1 record of kind “chat.completion.poem” not understood, the first in line 12

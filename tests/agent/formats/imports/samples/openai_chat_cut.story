from openai-chat, none: untitled
      0 ?  [openai-chat]
      0   step 1
      0     pay {"amount": 1
      0       cut: None
      0 = interrupted: The recording has no answer to this.

from openai-chat, none: untitled
      0 ?  [openai-chat]
      0   step 1
      0     answer: I was about| to say
      0 = model_error: the worker was lost

from openai-responses, none: untitled
      0 ?  [openai-responses]
      0   step 1
      0     thinks: Look |it up.
      0     weather {"city":"Oslo"}
      0       untold: None
      0     web_search {"type":"search","query":"Oslo"}
      0       done: ''
      0     answer: It is |cold.
      0   step 2
      0     weather {"city":"Ber
      0       cut: None
      0 = truncated: The answer was cut at the model's limit. (80 in 15 out gpt-test-2)
      0 ?  [openai-responses]
      0   step 1
      0 = model_error: The server had an error.

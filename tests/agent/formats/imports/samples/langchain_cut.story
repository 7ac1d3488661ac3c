from langchain, none: untitled
      0 ? Why is the sky blue? [langchain]
      0   step 1
      0     thinks: Light |scatters.
      0     answer: Short waves
      0 = answered
      0 ? And at dusk? [langchain]
      0   step 1
      0     thinks: A longer |way.
      0     preamble: The long |ones
      0     look {"where": "we
      0       cut: None
      0 = interrupted: The recording has no answer to this.

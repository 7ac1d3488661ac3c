from gemini-cli, items: untitled
session g-0
      0 ? Hello?
   2000   step 1
   2000     answer: Hello.
   2000 = answered

from gemini-cli, items: untitled
session g-1
      0 ? Read it, and the other one.
   2000   step 1
   2000     thinks: Plan

Two files.
   3000     preamble: I read both.
   3000     read_file {"path":"a"}
   3500       done: 'alpha'
   3000     read_file {"path":"b"}
   3600       failed: 'no such file'
   6000   step 2
   6000     answer: One says alpha, one is missing.
   6000 = answered (250 in 41 out gemini-test-1)
  59000 ? [{'type': 'text', 'text': 'Look at this.'}, {'type': 'image', 'source': {'type': 'data', 'value': '', 'mimeType': 'image/webp'}}]
  60000 = cancelled: Cancelled by the user.
 119000 ? Something else. (back to m1)
          * ERROR {'message': 'quota exceeded'}
 120000 = model_error: quota exceeded
1 record of kind “hologram” not understood, the first in line 12

from opencode, blocks: untitled
session ses_r
      0 ? 
      0   step 1
    100     thinks: Both at once.
    900     bash {"command":"ls"}
   1800       done 900 ms: 'a\nb'
    900     read {"filePath":"x"}
   1400       failed 500 ms: 'no such file'
   2200   step 2
   2700     answer: Two files.
   3000 = model_error: overloaded (330 in 29 out None)
1 record of kind “invented” not understood, the first in line 7

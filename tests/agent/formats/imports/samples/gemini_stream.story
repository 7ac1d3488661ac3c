from gemini-cli, tokens: untitled
session gs1
      0 ? Which files are here?
    990   step 1
    990     preamble: I look |at both.
   1990     list_directory {"path":"."}
   2990       done 1000 ms: 'a\nb'
   2000     read_file {"path":"x"}
   2490       failed 490 ms: 'no such file'
   3990   step 2
   3990     answer: Two files.
          * NOTE {'message': 'Loop detected, stopping execution'}
   4990 = answered (100 in 20 out gemini-test)
  59990 ? And their sizes?
  64990 = iteration_limit: Reached max session turns
1 record of kind “thought” not understood, the first in line 10

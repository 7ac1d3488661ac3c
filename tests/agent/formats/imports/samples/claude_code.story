from claude-code, blocks: Two cities
session c0ffee
version 2.1.140
folder /home/ada/weather
      0 ? How warm is it in Oslo and Rome?
   1990   step 1
   1990     thinks: Two look-ups, side by side.
   2490     preamble: I ask for both.
   2590     Weather {"city":"Oslo"}
   3990       failed: 'the station does not answer'
   2690     Weather {"city":"Rome"}
   2990       done 290 ms: '18 degrees\n[image/png]'
   5990   step 2
   5990     answer: Rome has 18 degrees; of Oslo nothing is known.
   5990 = answered (270 in 50 out claude-test-1)
 119990 ? [{'type': 'text', 'text': 'Let somebody count the words of this picture.'}, {'type': 'image', 'source': {'type': 'data', 'value': '', 'mimeType': 'image/jpeg'}}]
 120990   step 1
 120990     Task {"description":"Count words","prompt":"Count the words.","subagent_type":"Explore"}
 122090       done 900 ms: 'There are three.'
 121090   Explore
 121990   step 2
 121990     inner: There are three.
          * COMPACTION {'trigger': 'manual', 'preTokens': 4321}
          * COMPACTION {'summary': 'This session is being continued. Rome is warm.'}
 122990 = cancelled: Cancelled by the user. (9 in 5 out claude-test-1, 3 in 2 out claude-test-0)
 179990 ? And in Lima? (back to u1)
          * ERROR {'message': 'API Error: 529 overloaded'}
 180990 = model_error: API Error: 529 overloaded
1 record of kind “invented-kind” not understood, the first in line 10

from opentelemetry, spans: untitled
      0 ? Where is my parcel? [conv-1]
      0   step 1
   1900     thinks: Track it.
   1900     track {"id":7}
   2500       done 500 ms: 'in Oslo'
   1900     phone {}
   2200       failed 100 ms: 'nobody answers'
   2900   step 2
   3900     answer: It is in Oslo.
   3900 = answered (100 in 11 out test-1)
1 record of kind “resourceDreams” not understood, the first in line 4

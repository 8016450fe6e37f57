"""The same stories on every platform that can have them: the real connector, the real store, the sandbox's
face in-process.

A story is told with the verbs of the sandbox's network; what differs between platforms is data in `STAGES`.
One that a platform cannot have is played there all the same, and must fail: the network refuses it, or what
it is about is not to be seen. Whatever was played, the archive is checked at the end by `recordroom verify`
and by the independent verifier.
"""

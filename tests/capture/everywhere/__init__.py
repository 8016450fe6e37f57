"""The same stories on every platform that can have them: real connector, real store, sandbox in-process.

A story uses the actions of the sandbox's network. The differences between platforms are data in `STAGES`. A
story that a platform cannot have is played there anyway and must fail: the network refuses it, or its subject
cannot be seen. After every story, `recordroom verify` and the independent verifier check the archive.
"""

"""Others at work at the same time, answers that are lost, stores and disks that give out, clocks that are
wrong: nothing is lost, nothing is there twice, and the archive equals an undisturbed one."""

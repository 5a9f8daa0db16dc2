"""Release and grading of the exercises with nbgrader. No lecture imports from here.

Release   preprocessors, release   lectures/ from solutions/; honest: nbval's plugin
Students  check                    what is left to do in a notebook
Grading, in the order in which a submission passes:

    __main__     the command: make grade PART=... SUBMISSIONS=...
    collect      who handed in what: folders, zips of Moodle, ILIAS and Canvas
    batch        jobs on cores or a cluster; only what changed
    judge        a process for each notebook that knows the solution; verdicts are reached here
    submission   the student's cells between the released ones
    kernel       runs the student's cells, whatever they do ...
    sandbox      ... in bubblewrap, with limits
    seccomp      and a filter of system calls
    peer, plain  the tests' calls of answers, by plain data only
    gradebook    nbgrader's gradebook, and the notebooks for its formgrader
    lms, feedback, similarity   tables, pages, and a hint at copies

What is defended: the machine and its files, the other submissions, the hidden checks, the points,
and the batch, against any Python code in a submission. What is not: flaws of the Linux kernel;
grade in a virtual machine if that matters. Answers must be deterministic functions of what they
are given, so hidden inputs can be learned by a student who reads them out through error messages;
therefore random inputs are fresh for each submission, and tests should prefer them.
"""

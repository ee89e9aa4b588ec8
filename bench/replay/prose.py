"""The sentences of `docs/performance.md`."""

HEAD = """\
# Performance: the typing replay

This page is written by `python -m bench.replay --write-docs`; its numbers come from that run.

A simulated person types stretches of real files ({files}; whole blocks of about {chars} characters of
each) in a simulated editor, served by one policy, with the model on a simulated machine: {cases} cases, {hours} hours
of typing, in virtual time.
The engine is the real one. The same seed gives the same figures everywhere, but for the files: those of the
language's own library and of installed packages are the versions found on the machine."""

DEFINITIONS = """\
## What is counted

A *key* is every key that changes the text: letters, signs, Enter, Tab for indentation and Backspace, slips included.
Blanks that the editor puts in by itself are none. Taking a suggestion is not a key, nor is moving the cursor.

| column | meaning |
|---|---|
| ≤ 100 ms | share of keys, in percent, after which ghost text that agrees with the text was on the screen within \
100 ms and before the next key; a suggestion that is typed along counts at once |
| right | the same, and the line that it showed was the true one |
| pauses | share of pauses of half a second or more, in percent, at whose half second a line that the model wrote was \
on the screen; those left out at which the model has nothing to say on the line but blanks and brackets |
| calls | requests to the model for 100 keys: real ones, warm-ups and speculation |
| written | tokens that the model generated for 100 keys |
| wasted | those of them that were never on the screen |
| read | prompt tokens that the server had to read for 100 keys, because no cache held them |

Habits: *types* writes everything, whatever is shown; *accepts* takes a suggestion that is right in all its lines once
it was on the screen for 250 ms, and types over the others. After accepting, fewer and harder keys are left: the figures
of the two habits are not shares of the same keys.

*limit* is not a policy but a bound: every request is answered with the model's line after one warm first token;
the slot is always free, nothing is forgotten, what follows an accepted text is known for nothing. It asks whenever
nothing kept fits, so that its calls are what full visibility takes with this model, not the least possible. Only the
embedded completer, which needs no model, can show more."""

MISSED = """\
Why one is missed. *Calls, typing everything*: half of the model's wrong answers are wrong from their first letter, so
at the next key there is ghost text only if the model was asked again. Few calls and text at nearly every key exclude
each other with such a model. "Few calls, or text at every key" below has the figures: with 8 calls the bound itself
shows text at about seven keys in ten."""

FRONTIER = """\
What fewer calls cost. *limit holding n* is the bound, but for this: after a call it asks again on that line only n
characters further on. With a call less for 100 keys, about three keys in a hundred have no text in time. The engine
lies on the same line, and a little above it where the embedded completer steps in; `completion.debounce` moves it
along. Only somebody who knew beforehand which of the model's answers will agree with the person could do better."""

OWN_TIME = """\
Beside a minimal pygls server in the same run, medians of several runs on two cores that others used too: what is to be
compared is within a row. *Floor* is `bench/bare.py`: a Python process that frames, decodes and answers the same
messages over one blocking socket and does nothing else, no document, no filter, no waiting, no cancelling.

| | reach | reached | floor | command |
| --- | --: | --: | --: | --- |
| spawn to first completion, with a model | ≤ 0.5 × | 0.37 × | – | `python -m bench.process start` |
| memory five seconds after `initialize` | ≤ 0.95 × | 0.68 × | – | `python -m bench.process memory` |
| own time on an answer from candidates, 1,000 lines | ≤ 0.1 × | 0.19 × | 0.07 × | `python -m bench.keystroke` |
| the same, 10,000 lines | – | 0.08 × | 0.02 × | |
| own time on an answer from the model server | ≤ 1 × | 1.5 × | 0.44 × | `python -m bench.process own` |

Why two are missed. *From candidates*: the goal is 75 µs where the messages alone take 53. A key costs 115 µs of
processor time, a thousandth of the time in which it is to be answered, spread thin: a quarter is JSON and the pipe, the
rest documents, candidates, the index, timers, and what is learnt of each text; no part of it has more than a tenth.
*From the model server*: 2.1 ms of processor time after 50 ms of sleep, in which the processor's caches grow cold (1.5
without the sleep), before it was cut 3.3: HTTP about 0.6, the one run of the filters 0.25, the prompt 0.25, the rest
JSON, pipes, documents and timers. The goal is what a pygls round trip takes without asking anybody."""

OTHER_MODELS = """\
A model that is right more often, one whose wrong answers are never wrong from their first token, and one that stays
wrong for a whole word: what it does not know at the first letter it does not know at the second."""

ASSUMPTIONS = """\
## Assumptions

- **Keys.** Gaps are log-normal with a median of 130 ms: a fast typist. The large study of transcription typing has
  means of 239 ms on average, 120 fast, 480 slow (from memory; no study of programmers was at hand). 3 % of the letters
  are slips, noticed after 0 to 2 more keys. Before 35 % of the lines and 5 % of the words the person stops for half a
  second and more; before 4 % of the lines the cursor goes to another line and back.
- **Editors.** VS Code asks 35 ms after the key, withdraws the request before, and keeps a suggestion that is typed
  along; Neovim's own asks after 200 ms and withdraws nothing; both were measured on the real ones. *plugin* is this
  project's for Neovim: 35 ms, and it asks again when it is told of a better answer, as the extension for VS Code does.
- **Model.** A line is right with the accuracy given (0.35 where nothing is said); every further word gives a wrong
  line another chance of a quarter of it. Half of the wrong answers are wrong from their first token, the others agree
  for 1 to 14 characters; drawn anew at each letter. The answer depends on the place alone, not on when or how often it
  is asked for.
- **Machines.** First token = fixed + queue + one token + tokens to read ÷ rate, ± 10 %. One slot, first come first
  served. The prompt is read in batches of 512; a client that goes is noticed within a token while writing, and while
  reading at the next full second, then at the batch's end; what was read is kept. `mid` is defined by its times. A to
  E2 are scaled from published llama.cpp rates; E3's rates were measured. Every session begins warmed: the first prompt
  has been read before the first key.
- **Peers.** Their rules of debounce, cache, abort and looking ahead as published, on the same machine and model, with
  windows of whole lines and the model's own template. tabby-agent was measured elsewhere, the others are read from
  their sources. What they do to the text of an answer is left out."""

CANNOT_SHOW = """\
## What it cannot show

- Whether the suggestions are any good: the oracle stands in for the model. Compare policies with it; it promises
  nobody a percentage.
- The wire, the HTTP client and the editor's drawing. `python -m bench.replay.stdio` has the first two.
- The time that the engine itself takes: it is outside virtual time. `bench.replay` prints the CPU time of the engine's
  own code for each request beside the figures; `bench.keystroke` measures the whole server.
- Automatic closing of brackets, the popup menu, several files at once, editing in the middle of a line.
- That a model's tokens are this bench's tokens: it cuts words at five letters."""

// Timers of a hidden page run at most once a second or not at all; those of a worker go on.
setInterval(() => postMessage(0), 500)

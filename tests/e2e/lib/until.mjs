/** Waits for conditions; the tests have no fixed pauses. */
const EVERY_MS = 100

/**
 * Asks `look` until it answers something true and returns that. What it throws meanwhile counts as "not yet" and is
 * told if the time runs out; only what is marked `hopeless` ends the waiting.
 */
export async function until(what, look, { within = 30_000 } = {}) {
  const end = Date.now() + within
  let last
  for (;;) {
    try {
      const seen = await look()
      if (seen) return seen
      last = undefined
    } catch (thrown) {
      if (thrown.hopeless) throw thrown
      last = thrown
    }
    if (Date.now() > end) {
      const why = last === undefined ? '' : `: ${last.message ?? last}`
      throw new Error(`waited ${within / 1000} s for ${what}${why}`, { cause: last })
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}

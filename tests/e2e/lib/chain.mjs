/**
 * Parts of one story, each counted as a test: a part that fails ends the story, and what follows is told as skipped.
 */
export function story(t) {
  let broken = null
  return (name, tell) =>
    t.test(name, async (part) => {
      if (broken !== null) return part.skip(`after “${broken}”`)
      try {
        return await tell(part)
      } catch (thrown) {
        broken = name
        throw thrown
      }
    })
}

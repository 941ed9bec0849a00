/**
 * Parts of one story, each counted as a test: a part that fails ends the story, and what follows is told as skipped.
 * `stage` may be asked what its screens said when that happens.
 */
export function story(t, stage = () => null) {
  let broken = null
  return (name, tell) =>
    t.test(name, async (part) => {
      if (broken !== null) return part.skip(`after “${broken}”`)
      try {
        return await tell(part)
      } catch (thrown) {
        broken = name
        await stage()?.shotsOfAll('broken')
        for (const fault of stage()?.faults() ?? []) part.diagnostic(fault)
        throw thrown
      }
    })
}

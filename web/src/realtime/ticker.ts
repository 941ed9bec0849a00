/** Calls back about twice a second, also while the page is hidden. Returns how to stop it. */
export type Ticker = (onTick: () => void) => () => void

/** Ticks from a worker; from the page itself where workers are missing. */
export const workerTicker: Ticker = (onTick) => {
  if (typeof Worker === 'undefined') {
    const timer = setInterval(onTick, 500)
    return () => clearInterval(timer)
  }
  const worker = new Worker(new URL('./ticker.worker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = onTick
  return () => worker.terminate()
}

/**
 * Presses every button of a screen, each on the screen as `open` shows it, and answers those that nothing followed:
 * no change of what is shown (figures apart, they may be a clock's), no address, no request, no field in focus.
 */
export async function pressAll(page, open) {
  await open()
  const count = await page.locator('button:visible').count()
  const dead = []
  const pressed = new Set()
  for (let n = 0; n < count; n += 1) {
    if (n > 0) await open()
    const button = page.locator('button:visible').nth(n)
    if (!(await button.count())) continue
    const { name, idle } = await button.evaluate((element) => ({
      name: (element.ariaLabel ?? element.innerText).trim().replace(/\s+/gu, ' ') || element.outerHTML.slice(0, 80),
      // A choice that is made already, and what must be held, answer no press.
      idle: element.disabled || element.ariaChecked === 'true' || element.classList.contains('hold'),
    }))
    // Rows of a table repeat their buttons.
    if (idle || pressed.has(name)) continue
    pressed.add(name)
    await watch(page)
    await button.click()
    const answered = await page
      .waitForFunction(() => window.__answered === undefined || window.__answered(), undefined, { timeout: 3_000 })
      .then(() => true, () => false)
    if (!answered) dead.push(name)
  }
  return dead
}

function watch(page) {
  return page.evaluate(() => {
    const now = () => ({
      html: document.documentElement.outerHTML.replace(/\d+/gu, '#'),
      href: location.href,
      asked: performance.getEntriesByType('resource').length,
      field: document.activeElement?.tagName === 'INPUT' ? document.activeElement.outerHTML : '',
      open: document.querySelectorAll('dialog[open], :popover-open').length,
    })
    const before = JSON.stringify(now())
    window.__answered = () => JSON.stringify(now()) !== before
  })
}

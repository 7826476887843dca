// 300,000 distinct stacks on either side: how large the page is, and how long it keeps one waiting.

import { statSync } from 'node:fs';
import path from 'node:path';
import { assert, open, pages, pictures, withBrowser } from './browser.mjs';

const LONG_TASKS = () => {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longTasks.push([task.startTime, task.duration]);
  }).observe({ type: 'longtask', buffered: true });
};

await withBrowser(async (browser) => {
  const size = statSync(path.join(pages, 'large.html')).size;
  console.log(`the page: ${(size / 2 ** 20).toFixed(2)} MiB`);
  const page = await open(browser, 'large.html', { init: LONG_TASKS });
  const time = (name) => page.evaluate((n) => performance.getEntriesByName(n)[0].startTime, name);
  const longest = async (what) => {
    const tasks = await page.evaluate(() => window.longTasks.splice(0));
    const worst = tasks.reduce((most, [, duration]) => Math.max(most, duration), 0);
    console.log(`${what}: ${tasks.length} tasks above 50 ms, the longest ${worst.toFixed(0)} ms`);
  };
  const about = await page.evaluate(() => JSON.parse(document.getElementById('data').textContent).benchmarks[0][0]);
  console.log(`frames: ${about.nodes}, functions: ${about.functions}`);
  assert.ok(about.nodes > 600_000 && about.large);
  console.log(`first drawing: ${(await time('perfbase-first-drawing')).toFixed(0)} ms after the page was asked for`);
  console.log(`all of it unpacked: ${(await time('perfbase-whole-tree')).toFixed(0)} ms`);
  await longest('opening');

  // The table sums up to the whole, and what is unpacked is all there is.
  await page.waitForFunction(() => document.querySelectorAll('.list tbody tr').length > 0);
  const caption = await page.locator('.list caption').textContent();
  assert.match(caption, new RegExp(`^${about.functions.toLocaleString('en')} functions`));

  // Down, always into the widest frame, to where only the whole tree goes.
  await page.locator('.flame').focus();
  const zooms = [];
  for (let depth = 0; depth < 14; depth++) {
    const begin = await page.evaluate(() => {
      performance.clearMeasures();
      return performance.now();
    });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => performance.getEntriesByName('perfbase-zoom').length > 0);
    const end = await page.evaluate(() => {
      const done = performance.getEntriesByName('perfbase-zoom')[0];
      return done.startTime + done.duration;
    });
    zooms.push(end - begin);
  }
  zooms.sort((a, b) => a - b);
  console.log(`zoom, from the key to the drawing: ${zooms[7].toFixed(0)} ms, at most ${zooms[13].toFixed(0)} ms`);
  assert.match(await page.locator('.crumbs').textContent(), /more/);
  await longest('zooming');
  for (let depth = 0; depth < 14; depth++) await page.keyboard.press('Escape');
  assert.equal(await page.locator('.crumbs').textContent(), 'All');

  const begin = Date.now();
  await page.keyboard.press('/');
  await page.keyboard.type('function_7');
  await page.locator('.found', { hasText: /functions?: / }).waitFor();
  console.log(`search: ${Date.now() - begin} ms`);
  await longest('searching');
  await page.locator('.search input').fill('');
  const choose = Date.now();
  await page.locator('.list tbody button.name').first().click();
  await page.locator('.selected h3').waitFor();
  console.log(`callers and callees of the largest: ${Date.now() - choose} ms`);
  await longest('selecting');
  for (const mode of ['Before', 'After', 'Difference']) {
    await page.locator('.segments label', { hasText: new RegExp(`^${mode}$`) }).click();
  }
  await longest('modes');
  await page.screenshot({ path: path.join(pictures, 'large.png') });
  await page.done();
});

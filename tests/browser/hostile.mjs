// Names that try to be more than text are text.

import { ACTIVE, accessible, assert, open, spoken } from './browser.mjs';

/** What no page has: elements that names brought in, and characters that act. */
async function inert(page, where) {
  const found = await page.evaluate(() => ({
    title: document.title,
    images: document.images.length,
    scripts: [...document.scripts].filter((script) => !script.type).length,
    bold: document.querySelectorAll('b, iframe, object, embed').length,
    handlers: [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes]).filter((a) => a.name.startsWith('on')).length,
    text: document.body.innerText,
    attributes: [...document.querySelectorAll('*')].flatMap((e) => [...e.attributes].map((a) => a.value)),
  }));
  const { text, attributes, ...rest } = found;
  assert.deepEqual(rest, { title: 'before → after: perfbase', images: 0, scripts: 1, bold: 0, handlers: 0 }, where);
  assert.doesNotMatch(text, ACTIVE, where);
  for (const value of attributes) assert.doesNotMatch(value, ACTIVE, where);
}

export async function hostile(browser) {
  const page = await open(browser, 'story.html');
  await inert(page, 'the page');
  const link = page.locator('.overview a', { hasText: '<script>' });
  await link.click();
  await page.locator('.list button.name', { hasText: 'constructor' }).waitFor();
  await inert(page, 'the benchmark');
  assert.match(await page.locator('section.benchmark:visible h2').textContent(), /^<script>document\.title='taken'<\/script>\\u\{202e\}\\u\{1b\}\[31m$/);
  const shown = await page.locator('.list button.name').allTextContents();
  for (const name of ["<script>document.title='taken'</script>", '__proto__', 'constructor', '{{data}} {{script}} ${1} %s &lt,b&gt, &amp,']) {
    assert.ok(shown.includes(name), `${name} is in ${shown.join('\n')}`);
  }
  assert.ok(shown.some((name) => name.includes('\\u{1b}[31mred')), 'escapes are spelt out');
  assert.ok(shown.every((name) => name.length < 300), 'no name fills the page');
  const number = await page.locator('.list tbody tr').count();
  for (let at = 0; at < number; at++) {
    await page.locator('.list button.name').nth(at).click();
    const name = await page.locator('.list button.name').nth(at).textContent();
    await page.waitForFunction(
      (wanted) => document.querySelector('.list tr.current button')?.textContent === wanted && document.querySelector('.selected h3'),
      name,
    );
    await inert(page, name);
    assert.doesNotMatch(await spoken(page), ACTIVE);
  }
  // Two thousand calls deep: the tree scrolls, and what calls itself is counted once.
  const tall = await page.locator('.flame').evaluate((flame) => {
    flame.scrollTop = flame.scrollHeight;
    return flame.scrollTop;
  });
  assert.ok(tall > 2_000 * 20 - 600, `${tall}`);
  const deep = await page.locator('.list tbody tr', { hasText: 'deep::recursion' }).locator('td').allTextContents();
  assert.match(deep[0], /^70\d\.\d$/);
  await page.locator('.flame').evaluate((flame) => { flame.scrollTop = 0; });
  const box = await page.locator('.flame').boundingBox();
  for (let part = 0.02; part < 1; part += 0.06) {
    await page.mouse.move(box.x + box.width * part, box.y + 29);
    await inert(page, 'what is under the pointer');
  }
  await page.locator('.search input').fill('<img');
  await page.locator('.found', { hasText: '1 function:' }).waitFor();
  await inert(page, 'a search');
  await accessible(page, 'hostile names');
  await page.done();
}

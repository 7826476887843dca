// Everything that a reader does: by mouse, and all again by keyboard.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import vm from 'node:vm';
import { accessible, assert, open, pages, pictures, spoken, step, tabTo, withBrowser } from './browser.mjs';
import { hostile } from './hostile.mjs';

const mode = (page, name) => page.locator('.explorer .segments label', { hasText: new RegExp(`^${name}$`) });
const checked = (page, name) => page.locator(`input[name=explorer-${name}]:checked`).inputValue();
const rows = (page) => page.locator('.list tbody tr');
const names = (page) => page.locator('.list tbody button.name').allTextContents();
const headline = (page) => page.locator('.selected h3').textContent();

/** A column of the table, as numbers. */
async function column(page, at) {
  const texts = await page.locator(`.list tbody tr td:nth-child(${at})`).allTextContents();
  return texts.map((text) => Number(text.replace('\u2212', '-').replaceAll(',', '').replace('*', '').replace('\u2013', '0')));
}

async function byMouse(browser) {
  const page = await open(browser, 'story.html');
  await step('the answer comes first', async () => {
    assert.equal(await page.locator('h1').textContent(), '1 benchmark slower, 1 faster, 1 failed, 3 unchanged; instructions: 1 more');
    assert.equal(await page.locator('.overview tbody tr').count(), 6);
    assert.match(await page.locator('.leads').textContent(), /parse\/large \+7\.1 %/);
    assert.equal(await page.locator('section.benchmark:visible').count(), 1);
    assert.equal(await page.locator('section.benchmark:visible h2').textContent(), 'parse/large');
  });
  await step('modes', async () => {
    assert.equal(await checked(page, 'mode'), 'difference');
    const all = await page.locator('.state').textContent();
    assert.match(all, /^All: [0-9.]+ µs → [0-9.]+ µs, \+[0-9.]+ µs, \+[0-9.]+ %$/);
    await mode(page, 'Before').click();
    assert.equal(await checked(page, 'mode'), 'before');
    assert.deepEqual(await page.locator('.list thead button').allTextContents(), ['Function', 'Self', 'With callees ▾']);
    await page.locator('.search input').fill('escape::scan');
    await page.locator('.list tbody tr').waitFor({ state: 'detached' });
    assert.equal(await rows(page).count(), 0, 'what is new was not there before');
    await mode(page, 'After').click();
    await rows(page).first().waitFor();
    assert.deepEqual(await names(page), ['jsonette::de::escape::scan']);
    await page.locator('.search input').fill('');
    await mode(page, 'Difference').click();
    assert.equal(await page.locator('.list thead th').count(), 4);
  });
  await step('cost and share, self and callees', async () => {
    await mode(page, 'Share').click();
    assert.match(await page.locator('.state').textContent(), /100\.0 % → 100\.0 %/);
    assert.match(await page.locator('.list caption').textContent(), /%$/);
    await mode(page, 'Cost').click();
    await mode(page, 'Self').click();
    assert.match(await page.locator('.list caption').textContent(), /self, µs$/);
  });
  await step('the table has the figures of every other format', async () => {
    const shown = new Map();
    for (const row of await rows(page).all()) {
      const cells = await row.locator('th button, td').allTextContents();
      shown.set(cells[0], cells.slice(1));
    }
    await page.locator('section.current details.profile summary').first().click();
    const table = page.locator('section.current details.profile').first().locator('table.functions tbody tr:not(.sum)');
    let compared = 0;
    for (const row of await table.all()) {
      const [name, change, , before, after] = [await row.locator('code').textContent(), ...(await row.locator('td').allTextContents())];
      assert.deepEqual(shown.get(name), [before, after, change], name);
      compared++;
    }
    assert.equal(compared, 10);
    await page.locator('section.current details.profile summary').first().click();
  });
  await step('sorting', async () => {
    const head = (title) => page.locator('.list thead button', { hasText: title });
    await head('Before').click();
    const before = await column(page, 2);
    assert.deepEqual(before, [...before].sort((a, b) => b - a));
    assert.equal(await page.locator('.list th', { hasText: 'Before' }).getAttribute('aria-sort'), 'descending');
    await head('Before').click();
    const ascending = await column(page, 2);
    assert.deepEqual(ascending, [...before].sort((a, b) => a - b));
    await head('Function').click();
    const sorted = await names(page);
    assert.deepEqual(sorted.map((n) => n.toLowerCase()), sorted.map((n) => n.toLowerCase()).sort());
    await head('Change').click();
  });
  await step('a function, its callers and callees', async () => {
    await page.locator('.list button.name', { hasText: 'jsonette::hash::fnv1a_64' }).click();
    await page.locator('.selected h3', { hasText: 'fnv1a_64' }).waitFor();
    const text = await page.locator('.selected').textContent();
    assert.match(text, /was jsonette::hash::fnv, by machine code/);
    assert.match(text, /Callers.*jsonette::map::Map::insert/s);
    assert.match(text, /Callees.*rotate_left/s);
    await page.locator('.selected button.name', { hasText: 'Map::insert' }).click();
    await page.locator('.selected h3', { hasText: 'Map::insert' }).waitFor();
    assert.equal(await page.locator('.list tr.current button').textContent(), 'jsonette::map::Map::insert');
    assert.match(await spoken(page), /^jsonette::map::Map::insert; /);
  });
  await step('zoom', async () => {
    const box = await page.locator('.flame').boundingBox();
    const at = { x: box.x + box.width * 0.3, y: box.y + 5 * 20 + 9 };
    await page.mouse.move(at.x, at.y);
    await page.locator('.tip').waitFor();
    assert.match(await page.locator('.tip').textContent(), /^jsonette::|^alloc::/);
    await page.mouse.dblclick(at.x, at.y);
    const crumbs = await page.locator('.crumbs').textContent();
    assert.match(crumbs, /^All›codec::parse_large›/);
    assert.match(await page.locator('.list caption').textContent(), /below /);
    await mode(page, 'After').click();
    assert.equal(await page.locator('.crumbs').textContent(), crumbs, 'modes share the zoom');
    await mode(page, 'Difference').click();
    await page.locator('.crumbs button', { hasText: 'All' }).click();
    assert.equal(await page.locator('.crumbs').textContent(), 'All');
  });
  await step('search', async () => {
    await page.locator('.search input').fill('parser string');
    await page.locator('.found', { hasText: '1 function:' }).waitFor();
    assert.deepEqual(await names(page), ['jsonette::de::Parser::string']);
    await page.locator('.search input').fill('there is no such thing');
    await page.locator('.found', { hasText: 'nothing found' }).waitFor();
    await page.locator('.search input').fill('');
  });
  await step('what was counted', async () => {
    await page.locator('.profile-choice').selectOption({ label: 'instructions' });
    await page.locator('.state', { hasText: 'instructions' }).waitFor();
    assert.match(await page.locator('.state').textContent(), /^All: [0-9,]{9,} instructions → [0-9,]{9,} instructions, \+[0-9,]+ instructions/);
    const change = await column(page, 4);
    assert.ok(change.every(Number.isInteger));
  });
  await step('another benchmark', async () => {
    await page.locator('.overview a', { hasText: 'encode/large' }).click();
    await page.locator('section.benchmark:visible h2', { hasText: 'encode/large' }).waitFor();
    await page.locator('.list button.name', { hasText: 'write_string' }).waitFor();
    assert.equal(await page.locator('section.benchmark:visible').count(), 1);
    assert.equal(await page.locator('.measure').isVisible(), false, 'it was not counted');
    await page.locator('.overview a', { hasText: 'parse/broken' }).click();
    assert.match(await page.locator('section.benchmark:visible').textContent(), /panicked at.*<b>no input<\/b>/s);
  });
  await step('themes', async () => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.locator('#theme').selectOption('dark');
    assert.notEqual(await ground(), light);
    await page.locator('#theme').selectOption('');
    assert.equal(await ground(), light);
  });
  await page.done();
}

async function byKeyboard(browser) {
  const page = await open(browser, 'story.html');
  await step('keys: help', async () => {
    await page.keyboard.press('?');
    await page.locator('#help[open]').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#help[open]').count(), 0);
  });
  await step('keys: benchmarks', async () => {
    await tabTo(page, '.overview a[href="#b1"]');
    await page.keyboard.press('Enter');
    await page.locator('section.benchmark:visible h2', { hasText: 'encode/large' }).waitFor();
    await page.locator('.list button.name', { hasText: 'write_string' }).waitFor();
    await page.evaluate(() => { location.hash = '#b0'; });
    await page.locator('.list button.name', { hasText: 'Parser::value' }).waitFor();
  });
  await step('keys: modes', async () => {
    await tabTo(page, 'input[name=explorer-mode]');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await checked(page, 'mode'), 'after');
    await page.keyboard.press('ArrowRight');
    assert.equal(await checked(page, 'mode'), 'difference');
    await tabTo(page, 'input[name=explorer-weight]');
    await page.keyboard.press('ArrowRight');
    assert.equal(await checked(page, 'weight'), 'share');
    await page.keyboard.press('ArrowLeft');
    await tabTo(page, 'input[name=explorer-count]');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await checked(page, 'count'), 'self');
  });
  await step('keys: the call tree', async () => {
    await tabTo(page, '.flame');
    assert.match(await spoken(page), /^codec::parse_large; with callees /);
    await page.keyboard.press('ArrowDown');
    assert.match(await spoken(page), /^jsonette::de::from_slice; /);
    await page.keyboard.press('ArrowLeft');
    const left = await spoken(page);
    await page.keyboard.press('ArrowRight');
    assert.notEqual(left, await spoken(page));
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.crumbs').textContent(), 'All›codec::parse_large›jsonette::de::from_slice');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.crumbs').textContent(), 'All›codec::parse_large›jsonette::de::from_slice');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.crumbs').textContent(), 'All');
    await page.keyboard.press('1');
    assert.equal(await checked(page, 'mode'), 'before');
    await page.keyboard.press('3');
    await page.keyboard.press('Home');
    assert.match(await spoken(page), /^codec::parse_large; /);
  });
  await step('keys: search', async () => {
    const look = async (text) => {
      await page.keyboard.press('/');
      await page.keyboard.type(text);
      await page.locator('.found', { hasText: ' function' }).waitFor();
      await page.keyboard.press('Enter');
      const said = await spoken(page);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.search input').inputValue(), '');
      assert.ok(await page.evaluate(() => document.activeElement.matches('.flame')));
      return said;
    };
    assert.match(await look('escape::scan'), /^jsonette::de::escape::scan; new; /);
    assert.match(await look('slow_path'), /^jsonette::num::slow_path; vanished; /);
    assert.match(await look('fnv1a'), /^jsonette::hash::fnv1a_64; renamed; /);
    assert.match(await look('utf8::validate'), /^jsonette::utf8::validate; moved: called from here /);
  });
  await step('keys: sort and select', async () => {
    await tabTo(page, '.list thead button[data-key=after]');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('.list th', { hasText: 'After' }).getAttribute('aria-sort'), 'descending');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.key), 'after');
    const after = await column(page, 3);
    assert.deepEqual(after, [...after].sort((a, b) => b - a));
    await tabTo(page, '.list tbody tr:nth-child(2) button.name');
    const name = await page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press('Enter');
    await page.locator('.selected h3').filter({ hasText: name }).waitFor();
    assert.equal(await headline(page), name);
    await tabTo(page, '.selected button.name', 'Shift+Tab');
    const next = await page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press('Enter');
    await page.locator('.selected h3').filter({ hasText: next }).waitFor();
  });
  await page.done();
}

/** The page's own policy holds against a script in it, whatever put it there. */
async function keptIn(browser) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await open(browser, 'story.html');
  const tried = await page.evaluate(async (port) => {
    const results = [];
    const attempt = async (what, work) => {
      try { results.push(`${what}: ${await work()}`); } catch (error) { results.push(`${what}: ${error.name}`); }
    };
    await attempt('fetch', () => fetch(`http://127.0.0.1:${port}/fetch`, { mode: 'no-cors' }).then(() => 'done'));
    await attempt('script', () => {
      const script = document.createElement('script');
      script.textContent = 'window.taken = true';
      document.body.append(script);
      return window.taken;
    });
    await attempt('markup', () => { document.body.innerHTML += '<img src=x onerror="window.taken = true">'; return 'done'; });
    new Image().src = `http://127.0.0.1:${port}/image`;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { results, taken: window.taken ?? null };
  }, server.address().port);
  assert.deepEqual(tried, { results: ['fetch: TypeError', 'script: TypeError', 'markup: TypeError'], taken: null });
  assert.deepEqual(asked, []);
  server.close();
  await page.context().close();
}

async function onPaper(browser) {
  const page = await open(browser, 'story.html', { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('section.benchmark:visible').count(), 6);
  assert.equal(await page.locator('.tools:visible').count(), 0);
  const paper = await page.pdf({ path: path.join(pictures, 'story.pdf'), format: 'A4', printBackground: true });
  assert.ok(paper.length > 20_000);
  await page.done();
}

/** Without scripts everything that is said is there. */
async function withoutScripts(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`file://${path.join(pages, 'story.html')}`);
  assert.equal(await page.locator('section.benchmark:visible').count(), 6);
  assert.match(await page.locator('#b0 details.profile').first().textContent(), /jsonette::de::escape::scan/);
  await context.close();
}

async function oneCapture(browser) {
  const page = await open(browser, 'one.html', { hash: '#b3' });
  assert.match(await page.locator('h1').textContent(), /^after: 6 benchmarks$/);
  assert.match(await page.locator('section.benchmark:visible h2').textContent(), /parse\/large/);
  assert.equal(await page.locator('[data-name=mode]').isVisible(), false);
  assert.match(await page.locator('.state').textContent(), /^All: 1\d+\.\d µs, 100\.0 %/);
  assert.deepEqual(await page.locator('.list thead button').allTextContents(), ['Function', 'Self', 'With callees ▾']);
  await page.locator('.list button.name', { hasText: 'Parser::object' }).click();
  await page.locator('.selected h3', { hasText: 'Parser::object' }).waitFor();
  await accessible(page, 'one capture');
  await page.screenshot({ path: path.join(pictures, 'one.png'), fullPage: true });
  await page.done();
}

async function looks(browser) {
  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { colorScheme: 'light', viewport: { width: 400, height: 860 } }],
  ]) {
    const page = await open(browser, 'looks.html', options);
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide[0] <= wide[1], `${name}: the page is wider than its window: ${wide}`);
    await accessible(page, name);
    await page.locator('.list button.name', { hasText: 'fnv1a_64' }).click();
    await page.locator('.selected h3', { hasText: 'fnv1a_64' }).waitFor();
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
    await page.locator('.search input').fill('parser');
    await page.locator('.found', { hasText: 'functions:' }).waitFor();
    await accessible(page, `${name}, selected and searched`);
    await page.locator('#help-button').click();
    await accessible(page, `${name}, help`);
    await page.done();
  }
}

/** The script's figures are the view's. */
function figures() {
  const source = readFileSync(path.join(process.env.TEMPLATES, 'format.js'), 'utf8');
  const Scale = vm.runInNewContext(`${source}; Scale`);
  const value = (text) => ({ NaN, inf: Infinity, '-inf': -Infinity })[text] ?? Number(text);
  const cases = JSON.parse(readFileSync(path.join(pages, 'figures.json'), 'utf8'));
  for (const { scale, value: text, ...expected } of cases) {
    const own = new Scale(scale);
    const found = { number: own.number(value(text)), signed: own.signed(value(text)), text: own.text(value(text)) };
    assert.deepEqual(found, expected, `${text} in ${JSON.stringify(scale)}`);
  }
  assert.ok(cases.length > 100);
}

figures();
await withBrowser(async (browser) => {
  await byMouse(browser);
  await byKeyboard(browser);
  await hostile(browser);
  await keptIn(browser);
  await onPaper(browser);
  await withoutScripts(browser);
  await oneCapture(browser);
  await looks(browser);
});
console.log(`pictures: ${pictures}`);

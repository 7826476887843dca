// What the tests share: a browser, pages that are watched, and keys.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export { assert };
export const pages = path.resolve(process.argv[2]);
const here = path.dirname(fileURLToPath(import.meta.url));
export const pictures = path.join(here, 'pictures');
mkdirSync(pictures, { recursive: true });
export const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Characters that control something or reorder their neighbours. */
export const ACTIVE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/u;

export async function withBrowser(work) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

/** Opens a page of the folder. What it complains of, and whatever it asks others for, is a failure. */
export async function open(browser, file, options = {}) {
  const { init, hash = '', ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, reducedMotion: 'reduce', ...rest });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.stack}`));
  const address = pathToFileURL(path.join(pages, file)).href;
  context.on('request', (request) => {
    const url = request.url();
    if (url !== address && url !== 'data:,') complaints.push(`asked for ${url}`);
  });
  if (init) await page.addInitScript(init);
  await page.goto(address + hash);
  await page.waitForFunction(() => performance.getEntriesByName('perfbase-whole-tree').length > 0, null, { timeout: 120_000 });
  page.quiet = () => assert.deepEqual(complaints, [], `${file} complains`);
  page.done = async () => {
    page.quiet();
    await context.close();
  };
  return page;
}

/** Goes on by the tab key until what is focused matches; focus has to be seen on all the way. */
export async function tabTo(page, selector, key = 'Tab') {
  for (let step = 0; step < 120; step++) {
    await page.keyboard.press(key);
    const found = await page.evaluate((wanted) => {
      const at = document.activeElement;
      if (!at || at === document.body) return 'nowhere';
      const shown = at.type === 'radio' ? at.nextElementSibling : at;
      const style = getComputedStyle(shown);
      const isSeen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
      if (!isSeen) return `hidden focus: ${at.outerHTML.slice(0, 120)}`;
      return at.matches(wanted) ? 'here' : 'on';
    }, selector);
    assert.ok(!found.startsWith('hidden'), found);
    if (found === 'here') return;
  }
  assert.fail(`the tab key does not come to ${selector}`);
}

/** What is read out of the frame that the keys are at. */
export function spoken(page) {
  return page.evaluate(() => {
    const flame = document.querySelector('.flame');
    return document.getElementById(flame.getAttribute('aria-activedescendant'))?.textContent ?? '';
  });
}

export async function step(name, work) {
  try {
    await work();
  } catch (error) {
    console.error(`in the step '${name}':`);
    throw error;
  }
}

/** No serious fault of accessibility. */
export async function accessible(page, what) {
  const { readFileSync } = await import('node:fs');
  await page.evaluate(readFileSync(axeFile, 'utf8'));
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  const faults = found.violations.map((fault) => {
    const nodes = fault.nodes.slice(0, 4).map((node) => `${node.target.join(' ')}: ${node.failureSummary.replaceAll('\n', ' ')}`);
    return { impact: fault.impact, text: `${fault.impact} ${fault.id}: ${nodes.join('\n   ')}` };
  });
  const grave = faults.filter((fault) => ['serious', 'critical'].includes(fault.impact));
  assert.deepEqual(grave.map((fault) => fault.text), [], `axe-core, ${what}`);
  const rest = faults.filter((fault) => !grave.includes(fault)).map((fault) => fault.text);
  console.log(`axe-core, ${what}: ${found.violations.length} faults${rest.length > 0 ? `\n   ${rest.join('\n   ')}` : ''}`);
}

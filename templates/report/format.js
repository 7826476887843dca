// Numbers as text: the twin of `view::Scale`, for what is summed up while looking around. A test
// holds both to the same figures.

const NOT_AVAILABLE = 'n/a';
const MINUS = '\u2212';

/** A fixed unit and number of decimals. */
class Scale {
  constructor({ divisor, unit, decimals, grouped }) {
    Object.assign(this, { divisor, unit, decimals, grouped });
  }

  number(value) {
    return this.format(value / this.divisor, false);
  }

  signed(value) {
    return this.format(value / this.divisor, true);
  }

  text(value) {
    return this.withUnit(this.number(value));
  }

  change(value) {
    return this.withUnit(this.signed(value));
  }

  withUnit(number) {
    return this.unit === '' || number === NOT_AVAILABLE ? number : `${number} ${this.unit}`;
  }

  format(value, plus) {
    if (!Number.isFinite(value)) return NOT_AVAILABLE;
    let digits = halfEven(Math.abs(value), this.decimals);
    if (this.grouped) digits = digits.replace(/\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
    if (/^[0.,]*$/.test(digits)) return digits;
    return (value < 0 ? MINUS : plus ? '+' : '') + digits;
  }
}

/** `toFixed`, but a value that lies exactly between two goes to the even one, as in Rust. */
function halfEven(value, decimals) {
  const power = 10 ** decimals;
  const parts = value * power;
  // Between two lies only what has a few binary places: 0.35 is a little less than it looks.
  if (parts % 1 === 0.5 && (value * 2 ** (decimals + 1)) % 1 === 0) {
    const below = Math.floor(parts);
    return ((below % 2 === 0 ? below : below + 1) / power).toFixed(decimals);
  }
  return value.toFixed(decimals);
}

const PERCENT = new Scale({ divisor: 0.01, unit: '%', decimals: 1, grouped: false });

/** A relative change. */
function ratio(base, now) {
  if (!(base > 0)) return '';
  const percent = (now / base - 1) * 100;
  const size = Math.abs(percent);
  const decimals = size >= 99.95 ? 0 : size >= 0.95 ? 1 : 2;
  return new Scale({ divisor: 1, unit: '%', decimals, grouped: false }).change(percent);
}

const COUNT = new Scale({ divisor: 1, unit: '', decimals: 0, grouped: true });

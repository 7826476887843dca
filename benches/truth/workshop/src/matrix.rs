//! A free function becomes a method.

pub struct Matrix {
    cells: [[u64; 8]; 8],
}

#[inline(never)]
fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let mut cells = [[0_u64; 8]; 8];
    for (i, row) in cells.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            for k in 0..8 {
                *cell = cell.wrapping_add(a.cells[i][k].wrapping_mul(b.cells[k][j]));
            }
        }
    }
    Matrix { cells }
}

pub fn trace_of_power(values: &[u64]) -> u64 {
    let mut first = Matrix { cells: [[0; 8]; 8] };
    for (at, value) in values[..64].iter().enumerate() {
        first.cells[at / 8][at % 8] = *value;
    }
    let second = multiply(&first, &first);
    let third = multiply(&second, &first);
    (0..8).fold(0, |sum, at| sum ^ third.cells[at][at])
}

/** Version of the product, as in package.json (a test compares them): written into what it makes. */
export const productVersion = '0.1.0';

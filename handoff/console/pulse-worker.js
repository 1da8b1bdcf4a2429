/** See pulse.js. */
setInterval(() => postMessage(0), 1000);

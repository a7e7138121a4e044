"use strict";

// What all pages share: the data, elements, colours, and the tip that follows the pointer.

const data = JSON.parse(document.getElementById("data").textContent);

/** Return a new element; what a sentence says only ever becomes text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Colours. Two scales, each from one colour over a neutral one to another; the stylesheet has them twice.

const SCALES = { number: ["--below", "--zero", "--above"], gate: ["--shut", "--half", "--open"] };
const SHADES = 255; // odd, so that the middle has one of its own
let palettes = readPalettes();

function readPalettes() {
  const style = getComputedStyle(document.documentElement);
  const colours = (names) => names.map((name) => {
    const hex = style.getPropertyValue(name).trim();
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  });
  const shades = ([low, middle, high]) => Array.from({ length: SHADES }, (_, i) => {
    const share = (2 * i) / (SHADES - 1) - 1;
    const end = share < 0 ? low : high;
    const weight = Math.abs(share) ** 0.8; // small numbers shall be seen
    return middle.map((part, c) => Math.round(part + (end[c] - part) * weight));
  });
  return Object.fromEntries(Object.entries(SCALES).map(([name, names]) => [name, shades(colours(names))]));
}

/** Return the colour of a value on a scale, as [red, green, blue]; beyond its ends it is that of the end. */
function shade(scale, value, low, high) {
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return palettes[scale][Math.round(Math.max(0, Math.min(1, share)) * (SHADES - 1))];
}

const css = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;

/** Paint a canvas, a pixel a number; `columns` of them stand in a row. */
function paint(canvas) {
  const { values, columns, scale, low, high } = canvas.vector;
  canvas.width = columns;
  canvas.height = Math.ceil(values.length / columns);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, unit) => image.data.set([...shade(scale, value, low, high), 255], 4 * unit));
  context.putImageData(image, 0, 0);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  palettes = readPalettes();
  for (const canvas of document.querySelectorAll("canvas")) if (canvas.vector) paint(canvas);
  for (const element of document.querySelectorAll("[data-weight]")) tint(element);
});

/** Colour an element by its weight, from 0 to 1. */
function tint(element) {
  const weight = Number(element.dataset.weight);
  element.style.background = css(shade("number", weight, -1, 1));
  element.style.color = weight > 0.6 ? "var(--page)" : "inherit";
}

// The tip.

const tip = document.getElementById("tip");

function showTip(event, number, words) {
  tip.replaceChildren(make("b", { text: number }), words);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, innerWidth - width - 6);
  const top = event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18;
  tip.style.transform = `translate(${Math.max(6, left)}px, ${Math.max(6, top)}px)`;
}

function hideTip() {
  tip.hidden = true;
}

addEventListener("scroll", hideTip, true);

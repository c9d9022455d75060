const net = require("net");

const socket = net.connect({ host: "127.0.0.1", port: Number(process.argv[2]) });
socket.on("connect", () => {
  console.log("connected");
  socket.destroy();
});
socket.on("error", () => console.log("refused"));

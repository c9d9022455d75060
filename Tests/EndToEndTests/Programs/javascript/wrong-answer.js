console.log("hullo");

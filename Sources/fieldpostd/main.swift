print("fieldpostd")
